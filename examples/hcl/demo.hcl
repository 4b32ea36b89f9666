# The simulated home lab of "quorate demo": 68 devices, LibreNMS sees 11 of them, PRTG all, and direct SNMP the switch and
# the seven NAS. This is a complete configuration of an unchanged agent; only the monitors are simulated. "quorate demo"
# starts them on free ports of 127.0.0.1 and sets the DEMO_ variables. Names and addresses are invented, the addresses
# from the ranges for documentation.

agent {
  name     = "demo"
  data_dir = env("DEMO_DATA_DIR")
  listen   = env("DEMO_LISTEN")
  domains  = ["example.net"]
}

# A real LibreNMS measures every 300 s and is asked every 60 s. Here all intervals are short, so that a change is told
# within seconds: the simulated LibreNMS measures every second, which "step" says.
source "librenms" "librenms" {
  interval = "500ms"
  timeout  = "5s"
  config {
    url   = env("DEMO_LIBRENMS_URL")
    token = env("DEMO_LIBRENMS_TOKEN")
    step  = "1s"
  }
}

# PRTG states the interval of each sensor itself.
source "prtg" "prtg" {
  interval = "500ms"
  timeout  = "5s"
  config {
    url       = env("DEMO_PRTG_URL")
    api_token = env("DEMO_PRTG_TOKEN")
  }
}

# Asking the devices themselves is the third voice. A silent one is not waited for long.
source "snmp-direct" "snmp" {
  interval = "4s"
  timeout  = "5s"
  config {
    request_timeout = "300ms"
    retries         = 1
    credential "v2c" "lab" {
      community = env("DEMO_SNMP_COMMUNITY")
    }
    target "core-switch" {
      address     = env("DEMO_SNMP_CORE_SWITCH")
      credentials = ["lab"]
    }
    target "nas-1" {
      address     = env("DEMO_SNMP_NAS_1")
      credentials = ["lab"]
    }
    target "nas-2" {
      address     = env("DEMO_SNMP_NAS_2")
      credentials = ["lab"]
    }
    target "nas-3" {
      address     = env("DEMO_SNMP_NAS_3")
      credentials = ["lab"]
    }
    target "nas-4" {
      address     = env("DEMO_SNMP_NAS_4")
      credentials = ["lab"]
    }
    target "nas-5" {
      address     = env("DEMO_SNMP_NAS_5")
      credentials = ["lab"]
    }
    target "nas-6" {
      address     = env("DEMO_SNMP_NAS_6")
      credentials = ["lab"]
    }
    target "nas-7" {
      address     = env("DEMO_SNMP_NAS_7")
      credentials = ["lab"]
    }
  }
}

# What a dispute that nobody settles ends in, and when. These are the defaults, as are all other numbers of the rules.
consensus {
  dispute_timeout = "10m"
  on_dispute      = "unknown"
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

# The story as a post: the draft is kept up to date by itself and holds nothing private.
sink "blog" "series" {
  dir        = env("DEMO_BLOG_DIR")
  flavor     = "jekyll"
  title      = "Homelab"
  categories = ["infrastructure", "homelab"]
  tags       = ["homelab", "monitoring", "simulated"]
  notes      = "notes" # what the owner wrote down: challenges, what worked, lessons
}
