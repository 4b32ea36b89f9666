# Three of ten devices turned down at once and contradicted: thirty percent are a mass change.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}

source "prtg" "prtg" {
  interval = "60s"
}
