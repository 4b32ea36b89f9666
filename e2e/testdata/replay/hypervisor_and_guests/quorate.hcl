# A hypervisor dies with its guests: one incident, but for the guest that hangs on something else, as the configuration says.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}

consensus {
  roots = ["firewall"]
}

device "vm3" {
  match {
    refs = { librenms = ["6"] }
  }
  parents = ["switch"]
}
