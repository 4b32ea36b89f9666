# A home lab with two monitoring systems, the switch asked directly, and a look of its own at every device: at least two
# witnesses for each.
# Start the agent with LIBRENMS_TOKEN, PRTG_TOKEN and SNMP_COMMUNITY in its environment, or replace env("...") by
# file("/etc/quorate/secrets/...").

agent {
  name     = "home"
  data_dir = "/var/lib/quorate"
  listen   = "127.0.0.1:8600"
  domains  = ["example.net"] # removed when host names are compared
}

source "librenms" "librenms" {
  interval     = "60s"
  fault_domain = "pve1" # the host it runs on: monitors on one host are one witness
  config {
    url   = "https://librenms.example.net"
    token = env("LIBRENMS_TOKEN")
    step  = "300s" # how often LibreNMS itself measures
  }
}

source "prtg" "prtg" {
  interval = "60s"
  config {
    url       = "https://prtg.example.net"
    api_token = env("PRTG_TOKEN")
  }
}

source "snmp-direct" "snmp" {
  interval = "60s"
  timeout  = "20s"
  config {
    credential "v2c" "lab" {
      community = env("SNMP_COMMUNITY")
    }
    target "core-switch" {
      address = "192.0.2.2"
    }
    target "nas-1" {
      address = "198.51.100.11"
    }
  }
}

source "reach" "reach" {
  interval = "30s"
  config {
    exclude = ["203.0.113.0/24"] # the guests' network
  }
}

# The switch is what everything depends on: a verdict about it needs two witnesses, and its ports' devices name it as
# their parent, so that one dead switch is one incident.
device "core-switch" {
  match {
    address = "192.0.2.2"
  }
  quorum = 2
  tags   = ["core"]
}

device "nas-1" {
  match {
    address = ["198.51.100.11", "192.0.2.61"] # two interfaces, one device
  }
  parents = ["core-switch"]
  tags    = ["core", "storage"]
}

device "camera-1" {
  match {
    address = "203.0.113.131"
  }
  parents = ["core-switch"]
  trust   = { prtg = 0.5 } # its ping is often lost on the way
}

group "core" {
  tags    = ["core"]
  confirm = 4
}

# Nobody is told of what happens to these while they are updated; it is judged and recorded all the same.
maintenance "patch night" {
  groups   = ["core"]
  schedule = "0 2 * * SUN"
  duration = "2h"
  timezone = "Europe/Berlin"
  reason   = "kernel updates"
}

# Two web servers behind one address are not one device.
shared_addresses = ["192.0.2.254"]
never_merge      = [["web-1", "web-2"]]

prefer {
  name  = ["librenms", "prtg"]
  model = ["snmp", "librenms"]
}

sink "blog" "series" {
  dir        = "/srv/blog" # holds _posts and _drafts
  flavor     = "jekyll"
  title      = "Homelab"
  categories = ["infrastructure", "homelab"]
  tags       = ["homelab"]
  notes      = "/srv/blog/_notes"
}
