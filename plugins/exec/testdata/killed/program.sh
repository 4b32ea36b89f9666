echo 'about to end' >&2
kill -9 $$
