printf '{"ref":"1","name":"'
/usr/bin/head -c 70000 /dev/zero | /usr/bin/tr '\0' x
printf '"}\n'
echo '{"ref":"2"}'
