# One failed poll is nothing; two in a row are told once, and so is the recovery.

agent {
  name = "replay"
}

source "prtg" "prtg" {
  interval = "60s"
}
