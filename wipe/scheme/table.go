package scheme

// Ids of the schemes that plans choose by default.
const (
	ClearRandom = "clear-random"
	FlashClear  = "flash-clear"
)

// aliases are the names that other tools give. Where they differ about a name, it means the longer of the schemes, so that nobody gets less
// than was meant: "dod" has seven passes in nwipe and three in scrub.
var aliases = map[string]string{
	"random": ClearRandom, "prng": ClearRandom, "zero": "clear-zero", "zeros": "clear-zero", "quick": "clear-zero",
	"dod": "dod-7", "dod522022m": "dod-7", "dodshort": "dod-3", "dod3pass": "dod-3",
	"gutmann": "gutmann-35", "ops2": "rcmp-ops2", "is5enh": "hmg-is5-enhanced", "schneier": "schneier-7", "bruce7": "schneier-7",
	"usarmy": "ar380-19", "pfitzner7": "pfitzner-7", "pfitzner33": "pfitzner-33", "bmb": "bmb21", "bsi": "vsitr",
}

// All returns every scheme, the same on each call. Where the text of an authority is known, the table follows it and not the
// tools. "one" is the byte 0xFF, never 0x01. No pass is implied. The last pass of each scheme is read back.
func All() []Scheme {
	return []Scheme{
		{ID: ClearRandom, Title: "One random pass", Passes: passes("random!"),
			Source: "NIST SP 800-88 Rev. 2, 3.1.1 (Clear: every user-addressable location is overwritten; one pass suffices)"},
		{ID: FlashClear, Title: "Random and its complement", Passes: passes("random! random-complement!"),
			Source: "our own caution, after NIST SP 800-88 Rev. 1, Table A-8 (withdrawn on 2025-09-26); Rev. 2 asks for no second pass"},
		{ID: "clear-zero", Title: "One pass of zeros", Passes: passes("zero!"),
			Source: "NIST SP 800-88 Rev. 2, 3.1.1 (Clear: every user-addressable location is overwritten; one pass suffices)"},
		{ID: "nnsa", Title: "NNSA NAP-14.1-C, three passes", Passes: passes("random random zero!"),
			Source: "NNSA NAP-14.1-C and NSA 130-1, as quoted: random twice, then a known pattern, verified"},
		{ID: "dod-3", Title: "DoD 5220.22-M E, three passes", Passes: passes("character character-complement character!"),
			Source:   "NISPOM Supplement 1 (February 1995), as quoted: a character, its complement, then a random character; verify",
			Disputed: "tools write 00, FF and a random stream, or random, 00, FF; the NISPOM of 2007 no longer accepts overwriting"},
		{ID: "dod-7", Title: "DoD 5220.22-M ECE, seven passes", Passes: passes("character character-complement character! character character character-complement character!"),
			Source:   "NISPOM Supplement 1 (February 1995), as quoted: method E, method C (a character), method E",
			Disputed: "tools write 00, FF, random, random, 00, FF, random, or 35, CA, 97, 68, AC, 53, random under the same name"},
		{ID: "gutmann-35", Title: "Gutmann, 35 passes", Passes: passes(`random random random random
			bytes:55 bytes:aa bytes:924924 bytes:492492 bytes:249249
			zero bytes:11 bytes:22 bytes:33 bytes:44 bytes:55 bytes:66 bytes:77 bytes:88 bytes:99 bytes:aa bytes:bb bytes:cc bytes:dd bytes:ee one
			bytes:924924 bytes:492492 bytes:249249 bytes:6db6db bytes:b6db6d bytes:db6db6
			random random random random!`),
			Source:   "Peter Gutmann, Secure Deletion of Data from Magnetic and Solid-State Memory (USENIX Security, 1996), table of passes",
			Disputed: "the paper asks that passes 5 to 31 be done in random order; here they are in the table's order, as in most tools"},
		{ID: "rcmp-ops2", Title: "RCMP TSSIT OPS-II, seven passes", Passes: passes("zero one zero one zero one character!"),
			Source:   "RCMP TSSIT OPS-II, by secondary sources: zeros and ones three times, then a random character, verify; replaced by CSEC ITSG-06",
			Disputed: "tools end with a random stream, write 01 for ones, or write eight or nine passes"},
		{ID: "hmg-is5-base", Title: "HMG IS5 Baseline, one pass", Passes: passes("zero!"),
			Source:   "HMG Infosec Standard 5, by secondary sources: one pass, verification mandatory; superseded",
			Disputed: "quoted both as one pass of zeros and as one random pass"},
		{ID: "hmg-is5-enhanced", Title: "HMG IS5 Enhanced, three passes", Passes: passes("one zero random!"),
			Source:   "HMG Infosec Standard 5, by secondary sources: ones, zeros, randomly generated ones and zeros, verification mandatory; superseded",
			Disputed: "tools write zeros first, or 01 for ones"},
		{ID: "vsitr", Title: "BSI VSITR, seven passes", Passes: passes("zero one zero one zero one character!"),
			Source:   "VS-IT-Richtlinien of the German BSI, by secondary sources: zeros and ones three times, then a random character; replaced in 2009",
			Disputed: "tools end with AA or a random stream, or write 01 for ones; sources differ on whether it is verified"},
		{ID: "schneier-7", Title: "Schneier, seven passes", Passes: passes("one zero random random random random random!"),
			Source:   "Bruce Schneier, Applied Cryptography, 2nd ed. (1996): ones, zeros, five times a cryptographically secure random sequence",
			Disputed: "some tools write zeros first, or 01 for ones"},
		{ID: "afssi-5020", Title: "AFSSI-5020, three passes", Passes: passes("zero one character!"),
			Source:   "Air Force System Security Instruction 5020 (1996), by secondary sources: zeros, ones, any character, verify",
			Disputed: "tools end with a random stream, or write random, 00, FF; the text sanitises with three such cycles and verifies a tenth"},
		{ID: "ar380-19", Title: "AR 380-19, three passes", Passes: passes("character character character-complement!"),
			Source:   "US Army Regulation 380-19 (1998), by secondary sources: a random character, a specified character, its complement",
			Disputed: "most tools write 00, FF and a random stream, or FF, 00, random; the specified character is drawn here, and recorded"},
		{ID: "navso-rll", Title: "NAVSO P-5239-26 for RLL disks, three passes", Passes: passes("one bytes:e4ffffff random!"),
			Source:   "NAVSO P-5239-26 (1993), preferred method: ones, the RLL word 0010011111...1 written least significant bit first, a random pattern, verify",
			Disputed: "tools write 01, 27FFFFFF (the word read from the other end), random"},
		{ID: "navso-mfm", Title: "NAVSO P-5239-26 for MFM disks, three passes", Passes: passes("one bytes:fdffffff random!"),
			Source:   "NAVSO P-5239-26 (1993), preferred method: ones, the MFM word with the lowest bit one, the next zero, the rest ones, a random pattern, verify",
			Disputed: "tools write 01, 7FFFFFFF (the word read from the other end), random"},
		{ID: "ncsc-tg-025", Title: "NCSC-TG-025, three passes", Passes: passes("zero! one! character!"),
			Source:   "NCSC-TG-025 (1991), by secondary sources: zeros, ones, a random character, each pass verified",
			Disputed: "tools end with a random stream, or verify only the last pass"},
		{ID: "itsg-06", Title: "CSEC ITSG-06, three passes", Passes: passes("zero one random!"),
			Source:   "CSEC ITSG-06 (2006), by secondary sources: zeros or ones, the complement, random, verify; superseded by ITSP.40.006",
			Disputed: "also sold as a random character, its complement, random"},
		{ID: "pfitzner-7", Title: "Pfitzner, seven random passes", Passes: passes("random random random random random random random!"),
			Source: "Roy Pfitzner, as sold by tools"},
		{ID: "pfitzner-33", Title: "Pfitzner, 33 random passes", Passes: passes(`random random random random random random random random random random random
			random random random random random random random random random random random
			random random random random random random random random random random random!`),
			Source: "Roy Pfitzner, as sold by tools"},
		{ID: "bmb21", Title: "BMB21, six passes", Passes: passes("one zero random random random one!"),
			Source:   "BMB21-2019, as quoted by a contributor to a public tool; the text is restricted and was not seen",
			Disputed: "not checked against the text; BMB21-2007 is also quoted, and a seventh pass of zeros"},
		{ID: "gost", Title: "Sold as GOST R 50739-95, two passes", Passes: passes("zero random!"),
			Source:   "industry custom only",
			Disputed: "GOST R 50739-95 prescribes no pattern; tools also write one random pass under its name"},
	}
}
