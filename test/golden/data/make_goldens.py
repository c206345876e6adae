"""Makes the files of this folder, once: python make_goldens.py. Needs numpy 2, Pillow 12, opencv-python-headless 4.

files/*      small pictures as Pillow writes them
pixels.npz   what Pillow reads from each (upright, RGB or gray), by file name
resized.npz  `picture` and `gray` resized by Pillow and OpenCV: <library>_<mode>_<height>x<width>
"""
import os

import cv2
import numpy as np
from PIL import Image, ImageOps

here = os.path.dirname(os.path.abspath(__file__))
files = os.path.join(here, 'files')
os.makedirs(files, exist_ok=True)

rng = np.random.default_rng(7)
y, x = np.mgrid[0:37, 0:45]
waves = np.stack([128 + 120 * np.sin(x / 5 + y / 9), 128 + 120 * np.cos(x * y / 90), 255 * (x > y)], -1)
picture = np.clip(waves + rng.normal(0, 12, waves.shape), 0, 255).astype(np.uint8)
small = Image.fromarray(picture).resize((21, 14))


def save(name, image, **options):
    image.save(os.path.join(files, name), **options)


save('rgb.png', small)
save('gray.png', small.convert('L'))
save('gray-alpha.png', small.convert('LA'))
alpha = small.convert('RGBA')
alpha.putalpha(small.convert('L'))
save('rgba.png', alpha)
save('palette.png', small.convert('P'))
save('palette-4-bit.png', small.quantize(12), bits=4)
save('palette-transparent.png', small.quantize(9), transparency=3)
save('one-bit.png', small.convert('1'))
wide = (np.asarray(small.convert('L')).astype(np.uint16) << 8) | 77
save('gray-16-bit.png', Image.fromarray(wide))
cv2.imwrite(os.path.join(files, 'rgb-16-bit.png'), (np.asarray(small)[..., ::-1].astype(np.uint16) << 8) | 200)
save('baseline.jpg', small, quality=85)
save('progressive.jpg', small, quality=85, progressive=True)
save('gray.jpg', small.convert('L'), quality=85)
save('full-chroma.jpg', small, quality=95, subsampling=0)
save('cmyk.jpg', small.convert('CMYK'), quality=90)
save('lossy.webp', small, quality=80)
save('lossless.webp', small, lossless=True)
save('alpha.webp', alpha, lossless=True, exact=True)
save('rgb.bmp', small)
save('palette.bmp', small.convert('P'))
save('one-bit.bmp', small.convert('1'))
save('rgb.ppm', small)
save('gray.pgm', small.convert('L'))
save('one-bit.pbm', small.convert('1'))
for orientation in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = orientation
    save(f'orientation-{orientation}.jpg', small, quality=90, exif=exif)
exif = Image.Exif()
exif[0x0112] = 6
save('orientation-6.png', small, exif=exif)
save('orientation-6.webp', small, exif=exif, lossless=True)

pixels = {}
for name in sorted(os.listdir(files)):
    image = ImageOps.exif_transpose(Image.open(os.path.join(files, name)))
    if name == 'gray-16-bit.png':
        pixels[name] = (np.asarray(image) >> 8).astype(np.uint8)
    else:
        pixels[name] = np.asarray(image.convert('L' if image.mode in ('1', 'L', 'LA') and not name.endswith('.bmp') else 'RGB'))
np.savez(os.path.join(here, 'pixels.npz'), **pixels)

image, gray = Image.fromarray(picture), Image.fromarray(picture).convert('L')
resized = {'picture': picture, 'gray': np.asarray(gray)}
pillow = {'nearest': Image.NEAREST, 'bilinear': Image.BILINEAR, 'bicubic': Image.BICUBIC}
opencv = {'nearest': cv2.INTER_NEAREST_EXACT, 'bilinear': cv2.INTER_LINEAR, 'bicubic': cv2.INTER_CUBIC}
for height, width in [(37, 20), (16, 45), (11, 13), (5, 3), (64, 64), (40, 17), (74, 90), (1, 1)]:
    for mode, code in pillow.items():
        resized[f'pillow_{mode}_{height}x{width}'] = np.asarray(image.resize((width, height), code))
    for mode, code in opencv.items():
        resized[f'opencv_{mode}_{height}x{width}'] = cv2.resize(picture, (width, height), interpolation=code)
np.savez_compressed(os.path.join(here, 'resized.npz'), **resized)
