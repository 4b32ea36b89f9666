# An alert ends with its device when a believed answer comes without it, and not when the answer has shrunk.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}
