/** A crowd that publishes over HTTP, each waiting for one answer before it sends the next. */
import { exitAfter, numbers, report } from "./report.ts";

const { port, publishers, seconds } = numbers("port", "publishers", "seconds");
const body = "x".repeat(128);

/** An answer to its end: that of the JSON in it, or the empty chunk behind it. */
async function readAnswer(connection: Deno.TcpConn): Promise<string> {
  const buffer = new Uint8Array(4_096);
  let answer = "";
  while (!answer.endsWith("}") && !answer.endsWith("\r\n0\r\n\r\n")) {
    const size = await connection.read(buffer);
    if (size === null) throw new Error(`Cannot publish as the connection has ended: ${answer}`);
    answer += new TextDecoder().decode(buffer.subarray(0, size));
  }
  return answer;
}

/** One publisher's connection; counts the answers that say "stored". */
async function publish(index: number, endsAt: number): Promise<number> {
  const request = new TextEncoder().encode(
    `POST /channels/bench-${index} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\n` +
      `Content-Length: ${body.length}\r\n\r\n${body}`,
  );
  using connection = await Deno.connect({ port });
  connection.setNoDelay();
  let acknowledged = 0;
  while (performance.now() < endsAt) {
    await connection.write(request);
    const answer = await readAnswer(connection);
    if (!answer.startsWith("HTTP/1.1 200")) throw new Error(`Cannot publish: ${answer}`);
    acknowledged += 1;
  }
  return acknowledged;
}

exitAfter(seconds + 60);
const startedAt = performance.now();
const endsAt = startedAt + seconds * 1_000;
const counts = await Promise.all(
  Array.from({ length: publishers }, (_, index) => publish(index, endsAt)),
);
const acknowledged = counts.reduce((sum, count) => sum + count, 0);
report("measured", { per_second: acknowledged / ((performance.now() - startedAt) / 1_000) });
