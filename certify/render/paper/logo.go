//go:build !js

package paper

import (
	"bytes"
	"image"
	"image/draw"
	_ "image/jpeg"
	"image/png"

	"rasure/cmd/message"
)

// maxLogo is the longest side of a logo, in pixels: on paper it has 60 mm at most.
const maxLogo = 4096

// ReadLogo reads a PNG or JPEG file and writes it again as a plain PNG, which every writer of pages takes.
func ReadLogo(file []byte) ([]byte, error) {
	size, _, err := image.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return nil, message.New("this is neither a PNG nor a JPEG file")
	}
	if size.Width > maxLogo || size.Height > maxLogo || size.Width < 1 || size.Height < 1 {
		return nil, message.Errorf("it has %d x %d pixels; a logo has at most %d on each side", size.Width, size.Height, maxLogo)
	}
	picture, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		return nil, message.Errorf("the picture cannot be read: %w", err)
	}
	plain := image.NewNRGBA(image.Rect(0, 0, size.Width, size.Height))
	draw.Draw(plain, plain.Bounds(), picture, picture.Bounds().Min, draw.Src)
	var out bytes.Buffer
	if err := png.Encode(&out, plain); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
