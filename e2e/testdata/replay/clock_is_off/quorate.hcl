# The clock of one monitor is ten minutes ahead, that of the other two seconds: only the first is corrected for.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}

source "prtg" "prtg" {
  interval = "60s"
}
