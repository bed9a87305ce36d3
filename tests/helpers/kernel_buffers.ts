/** How much the kernel takes for a peer that does not read; it differs from machine to machine. */
import { sleep } from "./wait.ts";

const CHUNK = new Uint8Array(65_536);
/** A loopback write that the kernel has room for takes microseconds. */
const FULL_AFTER_MS = 100;

/** Bytes that can be written on a loopback connection of which the other end never reads. */
export async function kernelBufferBytes(): Promise<number> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [writer, reader] = await Promise.all([
    Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
    listener.accept(),
  ]);
  let bytes = 0;
  let pending: Promise<number | undefined>;
  while (true) {
    pending = writer.write(CHUNK).catch(() => undefined);
    const written = await Promise.race([pending, sleep(FULL_AFTER_MS)]);
    if (written === undefined) break;
    bytes += written;
  }
  reader.close();
  await pending;
  writer.close();
  return bytes;
}
