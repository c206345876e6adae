/** Formats that are mistaken for ONNX files most often, by their first bytes. */
const formats: readonly { readonly test: (head: string) => boolean; readonly what: string; readonly hint: string }[] = [
  {
    test: (head) => /^\s*<(!doctype|html|\?xml)/i.test(head),
    what: 'it begins like a web page',
    hint: 'A download probably saved an error page: download the model again.',
  },
  {
    test: (head) => head.startsWith('version https://git-lfs'),
    what: 'it is a Git LFS pointer, not the file it points to',
    hint: 'Run "git lfs pull" in the repository it came from.',
  },
  {
    test: (head) => head.startsWith('PK\x03\x04'),
    what: 'it begins like a ZIP archive',
    hint: 'A PyTorch checkpoint (.pt, .pth) or an archive: export it with torch.onnx.export, or unpack it.',
  },
  {
    test: (head) => /^\x80[\x02-\x05][\x00-\xff]/.test(head) && !head.startsWith('\x80\x01'),
    what: 'it begins like a Python pickle, which is never opened',
    hint: "Export the model with torch.onnx.export or its framework's own exporter.",
  },
  {
    test: (head) => head.slice(4, 8) === 'TFL3',
    what: 'it is a TensorFlow Lite model',
    hint: 'Convert it with tf2onnx (--tflite).',
  },
  {
    test: (head) => head.startsWith('\x89HDF\r\n'),
    what: 'it is an HDF5 file, as Keras writes them',
    hint: 'Convert it with tf2onnx.',
  },
  {
    test: (head) => head.slice(4, 8) === 'ORTM',
    what: "it is in ONNX Runtime's own .ort format",
    hint: 'Use the .onnx file that it was made from.',
  },
];

/** What a file that is no ONNX model seems to be; undefined for everything else. */
export function foreignFormat(bytes: Uint8Array): { readonly what: string; readonly hint: string } | undefined {
  const head = String.fromCharCode(...bytes.subarray(0, 256));
  return formats.find((format) => format.test(head));
}
