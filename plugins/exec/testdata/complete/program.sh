echo '{"schema":1}'
echo '{"ref":"ups1","name":"ups1","addresses":["192.0.2.40"],"claims":[{"facet":"reach","state":"up","raw":"OL"}],"readings":[{"component":"ups:1","quantity":"charge","value":98,"unit":"%"}]}'
echo
echo '{"ref":"ups2","abstain":"maintenance","a field of the future":true}'
