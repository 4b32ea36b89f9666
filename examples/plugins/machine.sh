#!/bin/sh
# Prints one observation: the machine that this script runs on, its load and its uptime.
set -eu
read -r name </proc/sys/kernel/hostname
read -r uptime _ </proc/uptime
read -r load _ </proc/loadavg
cores=$(grep -c '^processor' /proc/cpuinfo)
percent=$(echo "$load $cores" | awk '{ printf "%.1f", 100 * $1 / $2 }')
printf '{"ref": "%s", "name": "%s", "claims": [{"facet": "reach", "state": "up", "raw": "it runs this script"}], ' "$name" "$name"
printf '"readings": [{"quantity": "load", "value": %s, "unit": "%%"}, {"quantity": "uptime", "value": %s, "unit": "s"}]}\n' "$percent" "$uptime"
