package maintenance

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // a small machine may have none

	"pgregory.net/rapid"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func moment(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestCronNext(t *testing.T) {
	for _, c := range []struct{ name, cron, zone, after, want string }{
		{"every minute", "* * * * *", "UTC", "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z"},
		{"it is after, never at", "0 2 * * *", "UTC", "2026-01-01T02:00:00Z", "2026-01-02T02:00:00Z"},
		{"sunday by name", "0 2 * * sun", "UTC", "2026-01-01T00:00:00Z", "2026-01-04T02:00:00Z"},
		{"sunday as 7", "0 2 * * 7", "UTC", "2026-01-01T00:00:00Z", "2026-01-04T02:00:00Z"},
		{"weekdays", "30 22 * * MON-FRI", "UTC", "2026-01-02T22:30:00Z", "2026-01-05T22:30:00Z"},
		{"friday to sunday", "0 0 * * 5-7", "UTC", "2026-01-04T00:00:00Z", "2026-01-09T00:00:00Z"},
		{"step", "*/20 9-17/4 * * *", "UTC", "2026-01-01T13:40:00Z", "2026-01-01T17:00:00Z"},
		{"step from a number", "5/25 * * * *", "UTC", "2026-01-01T00:30:00Z", "2026-01-01T00:55:00Z"},
		{"list", "0 2 1,15 * *", "UTC", "2026-01-01T02:00:00Z", "2026-01-15T02:00:00Z"},
		{"either day", "0 2 13 * FRI", "UTC", "2026-01-02T03:00:00Z", "2026-01-09T02:00:00Z"},
		{"either day, the other", "0 2 13 * FRI", "UTC", "2026-01-09T03:00:00Z", "2026-01-13T02:00:00Z"},
		{"a star with a step is no name of a day", "0 2 */2 * FRI", "UTC", "2026-01-02T03:00:00Z", "2026-01-09T02:00:00Z"},
		{"month by name", "0 0 1 mar *", "UTC", "2026-03-01T00:00:00Z", "2027-03-01T00:00:00Z"},
		{"leap day", "0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z"},
		{"leap day over a century", "0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00Z"},
		{"zone in winter", "0 2 * * *", "Europe/Berlin", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"},
		{"zone in summer", "0 2 * * *", "Europe/Berlin", "2026-07-01T00:00:00Z", "2026-07-02T00:00:00Z"},

		// On 2026-03-29 Berlin's clocks go from 02:00 to 03:00, which is 01:00 in UTC.
		{"before the skipped hour", "30 1 * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", "2026-03-29T00:30:00Z"},
		{"skipped", "30 2 * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z"},
		{"skipped, and the next day", "30 2 * * *", "Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"},
		{"at the change itself", "0 2 * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z"},
		{"after the skipped hour", "0 3 * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z"},
		{"every half hour over the gap", "*/30 * * * *", "Europe/Berlin", "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z"},
		{"every half hour behind it", "*/30 * * * *", "Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"},

		// On 2026-10-25 they go from 03:00 back to 02:00, which is 01:00 in UTC.
		{"doubled", "30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"},
		{"doubled, once", "30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"},
		{"after the doubled hour", "0 3 * * *", "Europe/Berlin", "2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z"},

		// Lord Howe Island changes by half an hour, Santiago at midnight, Apia once left out a whole day.
		{"half an hour skipped", "15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", "2026-10-03T15:30:00Z"},
		{"half an hour doubled", "45 1 * * *", "Australia/Lord_Howe", "2026-04-04T00:00:00Z", "2026-04-04T14:45:00Z"},
		{"midnight skipped", "0 0 * * *", "America/Santiago", "2026-09-05T12:00:00Z", "2026-09-06T04:00:00Z"},
		{"a day left out", "0 12 30 12 *", "Pacific/Apia", "2011-12-29T00:00:00Z", "2011-12-30T10:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cron, err := ParseCron(c.cron)
			if err != nil {
				t.Fatal(err)
			}
			got, ok := cron.Next(moment(t, c.after), zone(t, c.zone))
			if !ok || !got.Equal(moment(t, c.want)) {
				t.Errorf("got %s, want %s", got.UTC().Format(time.RFC3339), c.want)
			}
			if last, ok := cron.Latest(got, zone(t, c.zone)); !ok || !last.Equal(got) {
				t.Errorf("the latest at %s is %s", got, last)
			}
		})
	}
}

// TestCronBothWays is that the last time before and the first time after leave none out, in any zone and season.
func TestCronBothWays(t *testing.T) {
	zones := []string{"UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "America/Santiago", "Pacific/Apia", "Asia/Kathmandu"}
	crons := []string{"* * * * *", "*/7 1-3 * * *", "30 2 * * *", "0 0 * * *", "0 2 13 * FRI", "59 23 28-31 * *", "15 */6 * MAR,OCT SUN"}
	rapid.Check(t, func(rt *rapid.T) {
		z := zone(t, rapid.SampledFrom(zones).Draw(rt, "zone"))
		c, err := ParseCron(rapid.SampledFrom(crons).Draw(rt, "cron"))
		if err != nil {
			rt.Fatal(err)
		}
		at := time.Unix(rapid.Int64Range(1.2e9, 2.5e9).Draw(rt, "at"), 0)
		last, ok := c.Latest(at, z)
		next, also := c.Next(at, z)
		if !ok || !also || last.After(at) || !next.After(at) {
			rt.Fatalf("last %s, next %s of %s", last, next, at)
		}
		if n, _ := c.Next(last, z); !n.Equal(next) {
			rt.Fatalf("behind %s comes %s, not %s", last, n, next)
		}
		if l, _ := c.Latest(next.Add(-time.Second), z); !l.Equal(last) {
			rt.Fatalf("before %s comes %s, not %s", next, l, last)
		}
	})
}

func TestParseCronMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"":              "it has 0 fields, a schedule has 5",
		"@daily":        "it has 1 fields, a schedule has 5",
		"0 0 2 * * SUN": "it has 6 fields, a schedule has 5",
		"60 2 * * *":    `minute "60" is no number from 0 to 59`,
		"0 24 * * *":    `hour "24" is no number from 0 to 23`,
		"0 2 0 * *":     `day of the month "0" is no number from 1 to 31`,
		"0 2 * 13 *":    `month "13" is none of 1 to 12 and JAN FEB`,
		"0 2 * * SON":   `day of the week "SON" is none of 0 to 7 and SUN MON`,
		"0 2 * * 8":     `day of the week "8" is none of 0 to 7`,
		"5-1 2 * * *":   `minute "5-1" ends before it begins`,
		"*/0 2 * * *":   `minute "*/0": a step is a number from 1 to 59`,
		"*/x 2 * * *":   `minute "*/x": a step is a number from 1 to 59`,
		"-1 2 * * *":    `minute "" is no number`,
		"1, 2 * * *":    `minute "" is no number`,
		"1- 2 * * *":    `minute "" is no number`,
		"0 2 30 2 *":    "it never comes",
		"99 99 * * *":   `hour "99" is no number`,
	} {
		if _, err := ParseCron(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

func FuzzParseCron(f *testing.F) {
	for _, s := range []string{"0 2 * * SUN", "*/5 1-4,7 1/2 JAN-MAR 7", "0 0 29 2 *", "0 0 0 0 0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseCron(text)
		if err != nil {
			return
		}
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		next, ok := c.Next(at, time.UTC)
		if !ok || !next.After(at) {
			t.Errorf("%q comes at %s", text, next)
		}
	})
}
