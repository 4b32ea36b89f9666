# A share of exactly 5/8 for down carries the vote.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
  trust    = 0.3
}

source "prtg" "prtg" {
  interval = "60s"
  trust    = 0.5
}
