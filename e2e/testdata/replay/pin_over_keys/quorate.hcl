# A pin stands above the automatic rules: a new ref that it names goes where it says, not where its address points.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}

source "prtg" "prtg" {
  interval = "60s"
}

device "two" {
  match {
    address = "192.0.2.12"
    refs    = { prtg = ["a"] }
  }
}
