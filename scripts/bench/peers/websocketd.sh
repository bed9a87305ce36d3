# The fan-out of baselines/naive.ts with websocketd: websocketd.sh PORT, in a folder of its own. As in
# its own example of a chat, a file is the channel and every client has a process that follows it.
cat >client.sh <<'CLIENT'
tail -n +1 -f messages &
exec cat >>messages
CLIENT
: >messages
(
  # Five seconds at most: it may have refused to start.
  for _ in $(seq 100); do grep -q "Starting WebSocket server" log 2>/dev/null && break; sleep 0.05; done
  grep -q "Starting WebSocket server" log && echo "{\"event\":\"ready\",\"port\":$1}" >&2
) &
exec websocketd --address=127.0.0.1 --port="$1" --loglevel=info sh client.sh >log
