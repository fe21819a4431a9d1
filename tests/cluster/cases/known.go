package cases

import "fmt"

// List is a line for each case: its name, and where else it runs.
func List(suites []Suite) string {
	text := ""
	for _, suite := range suites {
		for _, c := range suite.Cases {
			text += c.Name
			if c.Fast {
				text += " fast"
			}
			if c.Own {
				text += " own-cluster"
			}
			text += "\n"
		}
	}
	return text
}

// Known fails if the documented list differs.
func Known(list string) error {
	if list != List(Suites()) {
		return fmt.Errorf("tests/cluster/cases.txt is not the list of cases: tests/cluster/run --list >tests/cluster/cases.txt")
	}
	return nil
}
