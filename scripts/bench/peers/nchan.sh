# The fan-out of baselines/naive.ts with nchan on nginx: nchan.sh PORT, in a folder of its own.
# One process, so that nothing of it is left when it is killed.
cat >nginx.conf <<CONF
load_module /usr/lib/nginx/modules/ngx_nchan_module.so;
daemon off;
master_process off;
pid nginx.pid;
error_log nginx.log crit;
events { worker_connections 16000; }
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  nchan_shared_memory_size 256M;
  server {
    listen 127.0.0.1:$1 backlog=4096;
    tcp_nodelay on;
    location ~ ^/channels/(.+)\$ {
      nchan_pubsub websocket;
      nchan_channel_id \$1;
      nchan_subscriber_first_message newest;
      nchan_message_buffer_length 100000;
      nchan_message_timeout 60s;
    }
  }
}
CONF
(
  # Five seconds at most: nginx may have refused to start.
  for _ in $(seq 100); do [ -s nginx.pid ] && break; sleep 0.05; done
  [ -s nginx.pid ] && echo "{\"event\":\"ready\",\"port\":$1}" >&2
) &
exec nginx -p "$PWD" -c nginx.conf -e nginx.log
