package pattern

import "golang.org/x/sys/cpu"

// hasVAES reports whether the processor has VAES on 256 bits (Intel SDM volume 2, CPUID leaf 07H, ECX bit 9) and the system saves
// such registers.
var hasVAES = cpu.X86.HasAVX2 && leaf7()>>9&1 == 1

// leaf7 is ECX of CPUID leaf 07H, sub-leaf 0. Only for processors that have it: all with AVX2 do.
func leaf7() (ecx uint32)

// vaesStream puts n bytes of key stream at dst, from that counter block on. n is a multiple of vaesUnit, and not 0.
//
//go:noescape
func vaesStream(keys *roundKeys, dst *byte, n int, counter uint64)
