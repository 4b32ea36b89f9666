# Parts are compared by kind and label, without the words that name kind or vendor: two monitors mean one disk.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}

source "prtg" "prtg" {
  interval = "60s"
}
