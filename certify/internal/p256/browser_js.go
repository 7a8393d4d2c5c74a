package p256

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"sync"
	"syscall/js"
)

// browser verifies with WebCrypto. ok is false where that cannot be: then Go verifies.
func browser(pub *ecdsa.PublicKey, message, sig []byte) (good, ok bool) {
	subtle := js.Global().Get("crypto").Get("subtle") // undefined in Node before 17, and where the page came over plain HTTP
	if pub.Curve != elliptic.P256() || subtle.IsUndefined() {
		return false, false
	}
	raw, ok := plain(sig)
	if !ok {
		return false, false // Go says which encodings it takes
	}
	key, ok := imported(subtle, pub)
	if !ok {
		return false, false
	}
	answer, ok := await(subtle.Call("verify", map[string]any{"name": "ECDSA", "hash": "SHA-256"}, key, bytesOf(raw), bytesOf(message)))
	return ok && answer.Type() == js.TypeBoolean && answer.Bool(), ok
}

// keys are those that the browser has, by their points: only a cache.
var keys sync.Map

// imported gives the browser a key, once.
func imported(subtle js.Value, pub *ecdsa.PublicKey) (key js.Value, ok bool) {
	point, err := pub.Bytes()
	if err != nil {
		return key, false
	}
	if known, ok := keys.Load(string(point)); ok {
		return known.(js.Value), true
	}
	key, ok = await(subtle.Call("importKey", "raw", bytesOf(point), map[string]any{"name": "ECDSA", "namedCurve": "P-256"}, false, []any{"verify"}))
	if ok {
		keys.Store(string(point), key)
	}
	return key, ok
}

// await waits for a promise; ok is false if it was broken.
func await(promise js.Value) (v js.Value, ok bool) {
	type end struct {
		v  js.Value
		ok bool
	}
	ended := make(chan end, 1)
	kept := js.FuncOf(func(_ js.Value, args []js.Value) any { ended <- end{args[0], true}; return nil })
	defer kept.Release()
	broken := js.FuncOf(func(js.Value, []js.Value) any { ended <- end{}; return nil })
	defer broken.Release()
	promise.Call("then", kept, broken)
	e := <-ended
	return e.v, e.ok
}

func bytesOf(b []byte) js.Value {
	a := js.Global().Get("Uint8Array").New(len(b))
	js.CopyBytesToJS(a, b)
	return a
}
