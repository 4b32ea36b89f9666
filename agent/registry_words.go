package agent

import (
	"strings"
	"unicode"
)

// words adds what the owner calls groups of things: names that tell something of the home, such as a family's, and not
// those that any home has, which a post must be able to say.
func (c *Config) words(add func(kind string, values ...string)) {
	all := []string{c.Name}
	for _, s := range c.Sources {
		all = append(all, s.Name, s.FaultDomain)
	}
	for _, s := range c.Sinks {
		all = append(all, s.Name)
	}
	for _, b := range c.Blogs {
		all = append(all, b.Name)
		add("paths", b.Dir, b.Notes)
	}
	for _, g := range c.Groups {
		all = append(append(all, g.Name), g.Tags...)
	}
	for _, d := range c.Devices {
		all = append(all, d.Tags...)
	}
	for _, m := range c.Maintenance {
		all = append(all, m.Name, m.Reason)
	}
	for _, name := range all {
		if telling(name) {
			add("words", name)
		}
	}
}

// telling reports a name with a word in it that is not common.
func telling(name string) bool {
	for _, w := range strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if len(w) > 1 && !common(w) {
			return true
		}
	}
	return false
}

// common reports words of houses, networks and their care, also in the plural.
func common(w string) bool {
	for _, form := range []string{w, strings.TrimSuffix(w, "s"), strings.TrimSuffix(w, "es")} {
		if strings.Contains(commonWords, " "+form+" ") {
			return true
		}
	}
	if form, ok := strings.CutSuffix(w, "ies"); ok {
		return strings.Contains(commonWords, " "+form+"y ")
	}
	return false
}

// commonWords stand between blanks, small and in the singular.
const commonWords = " a access agent air alarm alert all always amp an and android anchor ap api app appliance apple area array at attic audio auto automation " +
	"backbone backup balcony base basement bath bathroom battery bedroom best blog board bot box boot bridge broadband bucket building bulb business by " +
	"cabinet cable cache cam camera car cellar central check class cleaning client clock closet cloud cluster coffee cold common compute computer console " +
	"container control controller cool core cpu critical cron daily data database day db default demo deployment desk desktop dev development device dhcp dish " +
	"disk distribution dmz dns docker domain door doorbell down downtime downstairs drill dryer edge effort eight electric email emergency energy entertainment " +
	"entrance environment essential ethernet eu event every external fan fast fiber fibre file fire firewall firmware first fix five fixed floor four fridge " +
	"friday front frontend full garage garden gate gateway general good ground group guest hall hallway hardware head health heat heater heating high hobby home " +
	"host hot hourly house hub hvac hyper hypervisor id idle important in infra infrastructure inside install internal internet inverter iot ip ipmi iron it " +
	"jail job kernel key kitchen kube kubernetes lab lamp lan laptop laundry left legacy librenms library licence license life light line linux living lock " +
	"log logging long low lower mac machine mail main maintenance major management master media memory meter mgmt mini minor minute mobile modem monday monitor " +
	"monitoring month monthly music nas net network new night nine node non normal north notebook ntp observability off office offline old on one online only " +
	"open ops optional or other out outdoor outlet outside oven own pac package panel parent party passive patch patching pc pdu phone pi pinned pipeline plan " +
	"planned plant plex plug poe point pool port power primary print printer prio priority private probe prod production project prometheus proxmox proxy prtg " +
	"public pump pve quarantine quarter quorate quiet rack radio raspberry reader reboot recorder redundant regular release relay remote rest restore restart " +
	"right ring robot roof room root router rpi sat saturday scanner scratch screen script second secondary secure security sensor series server service seven " +
	"shelf shop short sink site six slow small smart smtp snmp socket software solar source south spare speaker special split ssd staff stage staging " +
	"standby static station storage stove stream streaming studio study sunday supply surveillance switch sync synology system table tablet tag tank tape " +
	"team tech temp temperature temporary ten test testing thermostat thing third three thursday ticket time to tool top toy transit tuesday tunnel tv two " +
	"uninterruptible unifi unit unknown up update upgrade uplink upper ups upstairs us user utility vacuum vendor video view virtual vital vlan vm voice voip " +
	"vpn wake wall wan warning washer washing watch watchdog water web webhook website wednesday week weekend weekly well west wifi window windows wire wired " +
	"wireless witness work workshop workstation world yard year yearly zabbix zero zone notify stdout webapp nagios grafana pfsense opnsense truenas unraid " +
	"homeassistant assistant lxc hourly nightly early late morning noon evening winter summer spring autumn "
