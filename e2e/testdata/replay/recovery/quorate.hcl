# What is up again is confirmed like what goes down, and its incident closes.

agent {
  name = "replay"
}

source "prtg" "prtg" {
  interval = "60s"
}
