# A snapshot for whose devices nobody else speaks does not count towards believing its source again: the count starts anew.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}

source "prtg" "prtg" {
  interval = "60s"
}
