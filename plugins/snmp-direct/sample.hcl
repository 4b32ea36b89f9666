source "snmp-direct" "snmp" {
  interval = "60s"

  config {
    credential "v2c" "lab" {
      community = env("SNMP_COMMUNITY")
    }
    target "switch" {
      address = "192.0.2.2"
    }
    target "nas1" {
      address = "nas1.example.net:161"

      # credentials = ["lab"]               # all of them, in their order, if absent
      # profile     = "synology"            # where the kind of device is not recognised
      # transport   = "udp"                 # udp, udp4, udp6 or tcp

      # answers_from = ["198.51.100.9"]     # where it answers from another address of its own
    }

    # request_timeout = "2s"                # how long one attempt waits, on average
    # retries         = 2                   # how often it is sent again
    # slow_interval   = "5m"                # how often addresses, VLANs, neighbours and the like are read
    # profiles_dir    = "/etc/quorate/profiles" # own device profiles, before the built-in ones
    # device_timeout  = "20s"               # for one device in all
    # table_timeout   = "10s"               # for one of its tables
    # max_rows        = 20000               # of a table

    # SNMPv3: leave out priv_* for a user without encryption.
    # credential "v3" "secure" {
    #   user          = "quorate"
    #   auth_protocol = "SHA-256"
    #   auth_password = env("SNMP_AUTH")
    #   priv_protocol = "AES-128"
    #   priv_password = env("SNMP_PRIV")
    #   context       = ""
    # }

    # Listen for traps, and look at once at whoever sends one.
    # traps {
    #   listen      = "192.0.2.10:9162"
    #   credentials = ["lab"]               # that traps may carry; all if absent
    #   relays      = ["192.0.2.9"]         # who forwards traps of others
    # }

    # Look for devices: "quorate source check" says which there are.
    # discover {
    #   ranges      = ["192.0.2.0/24"]
    #   exclude     = ["192.0.2.128/25"]
    #   credentials = ["lab"]               # to try, in this order; all if absent
    #   ports       = ["161"]
    #   rate        = 20                    # datagrams a second
    #   interval    = "24h"                 # before the ranges are gone through again
    #   adopt       = false                 # true: poll what is found
    # }
  }
}
