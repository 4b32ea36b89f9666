# The configuration of the home lab in the example posts: 68 devices, LibreNMS sees 11 of them, PRTG all, and direct SNMP
# the switch and the seven NAS. Names and addresses are invented, the addresses from the ranges for documentation. It is
# the demo's (examples/hcl/demo.hcl) at the pace of a real home.

agent {
  name    = "home"
  domains = ["example.net"]
}

source "librenms" "librenms" {
  interval = "5m"
  config {
    url   = "https://librenms.example.net"
    token = env("LIBRENMS_TOKEN")
  }
}

source "prtg" "prtg" {
  interval = "2m"
  config {
    url       = "https://prtg.example.net"
    api_token = env("PRTG_TOKEN")
  }
}

# Asking the devices themselves is the third voice.
source "snmp-direct" "snmp" {
  interval = "2m"
  config {
    credential "v2c" "lab" {
      community = env("SNMP_COMMUNITY")
    }
    target "core-switch" {
      address     = "192.0.2.2"
      credentials = ["lab"]
    }
    target "nas-1" {
      address     = "198.51.100.11"
      credentials = ["lab"]
    }
    target "nas-2" {
      address     = "198.51.100.12"
      credentials = ["lab"]
    }
    target "nas-3" {
      address     = "198.51.100.13"
      credentials = ["lab"]
    }
    target "nas-4" {
      address     = "198.51.100.14"
      credentials = ["lab"]
    }
    target "nas-5" {
      address     = "198.51.100.15"
      credentials = ["lab"]
    }
    target "nas-6" {
      address     = "198.51.100.16"
      credentials = ["lab"]
    }
    target "nas-7" {
      address     = "198.51.100.17"
      credentials = ["lab"]
    }
  }
}

# Names that people use: LibreNMS' where it has one, else PRTG's.
prefer {
  name = ["librenms", "prtg", "snmp"]
}

# Who hangs behind whom: when the switch dies, the devices behind it are one incident with it. A device block pins a
# device by any key that it has, here its address, whatever each monitor calls it.
device "core-switch" {
  match {
    address = "192.0.2.2"
  }
  tags = ["core"]
}

device "ap-1" {
  match {
    address = "192.0.2.21"
  }
  parents = ["core-switch"]
}

device "ap-2" {
  match {
    address = "192.0.2.22"
  }
  parents = ["core-switch"]
}

device "ap-3" {
  match {
    address = "192.0.2.23"
  }
  parents = ["core-switch"]
}

device "ap-4" {
  match {
    address = "192.0.2.24"
  }
  parents = ["core-switch"]
}

device "ap-5" {
  match {
    address = "192.0.2.25"
  }
  parents = ["core-switch"]
}

device "nas-4" {
  match {
    address = "198.51.100.14"
  }
  parents = ["core-switch"]
}

# PRTG knows it by its other name alone. LibreNMS knows both, but whether it speaks before the others do is chance.
device "nas-5" {
  match {
    address  = "198.51.100.15"
    hostname = "media.example.net"
  }
  parents = ["core-switch"]
}

device "nas-6" {
  match {
    address = "198.51.100.16"
  }
  parents = ["core-switch"]
}

device "nas-7" {
  match {
    address = "198.51.100.17"
  }
  parents = ["core-switch"]
}

device "camera-1" {
  match {
    address = "203.0.113.131"
  }
  parents = ["core-switch"]
}

device "camera-2" {
  match {
    address = "203.0.113.132"
  }
  parents = ["core-switch"]
}

device "camera-3" {
  match {
    address = "203.0.113.133"
  }
  parents = ["core-switch"]
}

device "camera-4" {
  match {
    address = "203.0.113.134"
  }
  parents = ["core-switch"]
}

device "camera-5" {
  match {
    address = "203.0.113.135"
  }
  parents = ["core-switch"]
}

sink "blog" "series" {
  dir        = "blog"
  title      = "Homelab"
  categories = ["infrastructure", "homelab"]
  tags       = ["homelab", "monitoring"]
  notes      = "notes"
}
