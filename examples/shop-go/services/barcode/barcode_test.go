package barcode

import "testing"

func TestValid(t *testing.T) {
	for digits, want := range map[string]bool{
		"4006381333931": true,
		"4006381333932": false,
		"400638133393":  false,
		"400638133393x": false,
	} {
		if got := Valid(digits); got != want {
			t.Errorf("Valid(%q) = %v, want %v", digits, got, want)
		}
	}
}
