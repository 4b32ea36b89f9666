# A monitor that has come without a device for seven days no longer counts for it.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "12h"
}

source "prtg" "prtg" {
  interval = "12h"
}
