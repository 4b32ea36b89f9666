echo '{"ref":"1","claims":[{"facet":"reach","state":"up"}]}'
echo 'trying' >&2
echo 'cannot reach the UPS' >&2
exit 3
