# A switch dies: what its tables showed behind its ports is unreachable because of it, and nobody has configured that.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}

consensus {
  roots = ["firewall"]
}
