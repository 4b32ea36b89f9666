/usr/bin/head -c 17000000 /dev/zero | /usr/bin/tr '\0' x
/bin/sleep 1000
