# A snapshot that says of itself that it is not complete has shrunk nothing.

agent {
  name = "replay"
}

source "prtg" "prtg" {
  interval = "60s"
}
