# During maintenance nobody is told, and all is recorded; its end carries how the device stands.

agent {
  name = "replay"
}

source "prtg" "prtg" {
  interval = "60s"
}

maintenance "patches" {
  devices = ["nas1"]
  start   = "2026-01-01T00:02:00Z"
  end     = "2026-01-01T00:08:00Z"
}
