# What goes down and comes back within the window is up at its end.

agent {
  name = "replay"
}

source "prtg" "prtg" {
  interval = "60s"
}

maintenance "patches" {
  devices = ["nas1"]
  start   = "2026-01-01T00:02:00Z"
  end     = "2026-01-01T00:09:00Z"
}
