# While an answer is too short its downs abstain; a whole answer is believed at once.

agent {
  name = "replay"
}

source "prtg" "prtg" {
  interval = "60s"
}
