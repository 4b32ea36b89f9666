# Nothing of ours but what the configuration gives; the shell itself adds PWD.
unset PWD OLDPWD SHLVL _
set | /usr/bin/grep -c '^SECRET_OF_THE_AGENT=' >&2 && exit 1
echo "{\"ref\":\"$GIVEN\",\"name\":\"$1\"}"
