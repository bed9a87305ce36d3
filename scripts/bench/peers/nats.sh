# The fan-out of baselines/naive.ts with the WebSocket of nats-server: nats.sh PORT, in a folder of its own.
cat >nats.conf <<CONF
listen: 127.0.0.1:-1
websocket { listen: "127.0.0.1:$1", no_tls: true }
ports_file_dir: "$PWD"
logfile: "nats.log"
CONF
(
  # Five seconds at most: it may have refused to start.
  for _ in $(seq 100); do [ -n "$(ls ./*.ports 2>/dev/null)" ] && break; sleep 0.05; done
  [ -n "$(ls ./*.ports 2>/dev/null)" ] && echo "{\"event\":\"ready\",\"port\":$1}" >&2
) &
exec nats-server -c nats.conf
