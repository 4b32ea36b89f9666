# Neither a late report nor a late claim ends an abstention, enrols anybody or takes anything back.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}

source "prtg" "prtg" {
  interval = "60s"
}
