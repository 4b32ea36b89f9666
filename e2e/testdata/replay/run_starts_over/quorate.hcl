# A run ends when the proposal changes back: two downs, an up and two downs are no three.

agent {
  name = "replay"
}

source "prtg" "prtg" {
  interval = "60s"
}
