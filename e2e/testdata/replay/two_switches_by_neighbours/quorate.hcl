# Two switches know their neighbours and no more: an access switch dies with its access point; nothing says where the NAS is.

agent {
  name = "replay"
}

source "snmp-direct" "snmp" {
  interval = "60s"
}

consensus {
  roots = ["firewall"]
}
