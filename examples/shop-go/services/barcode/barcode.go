// Package barcode checks the digits printed under a barcode.
package barcode

// Valid reports whether the last of 13 digits is the check digit of the others.
func Valid(digits string) bool {
	if len(digits) != 13 {
		return false
	}
	sum := 0
	for i, digit := range digits {
		if digit < '0' || digit > '9' {
			return false
		}
		sum += int(digit-'0') * (1 + 2*(i%2))
	}
	return sum%10 == 0
}
