package enrol

import "math/big"

// rocaPrimes are the small primes by which a modulus is recognised whose prime factors have the structure that Infineon's library gave them until 2017:
// p = k*M + (65537^a mod M), with M the product of the first primes (Nemec and others, "The Return of Coppersmith's Attack", CCS 2017). Modulo each of these primes the
// modulus is then a power of 65537. Of the moduli of others one in some 10^8 is.
var rocaPrimes = []int64{3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167}

// isROCA reports whether an RSA modulus has the fingerprint of CVE-2017-15361: such a key can be factored, and then a program in the place of the TPM answers
// every challenge.
func isROCA(modulus *big.Int) bool {
	for _, p := range rocaPrimes {
		rest := new(big.Int).Mod(modulus, big.NewInt(p)).Int64()
		power, found := int64(1), false
		for range p { // the powers of 65537 repeat after p-1 of them at the latest
			found = found || power == rest
			power = power * (65537 % p) % p
		}
		if !found {
			return false
		}
	}
	return true
}
