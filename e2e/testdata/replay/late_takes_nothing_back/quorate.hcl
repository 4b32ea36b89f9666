# An observation dated before the newest of its ref is late as a whole: what it does not mention is not taken back, what it mentions enrols nothing.

agent {
  name = "replay"
}

source "prtg" "prtg" {
  interval = "60s"
}
