echo '{"schema":2}'
