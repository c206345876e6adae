/** Codes that Vitis AI's libraries print in brackets, in words, with what to do. */
export interface CodeMeaning {
  readonly meaning: string;
  readonly advice?: string;
}

const report =
  'Bisect it: cut the model in halves (lathe check shows where) until the part that fails is small; another version (--version) often works.';
const driver = 'Restart the board; if it stays, its image or its bitstream is not the one that this model was made for.';

/**
 * Vitis AI 3.5: xcompiler (closed; codes from its messages), src/vai_runtime/{xir/src/xir/util, target_factory/src, vart/runner/src,
 * vart/util/src}/error_code.cpp.
 */
const libraryCodes: Readonly<Record<string, CodeMeaning>> = {
  XCOM_ACGEN_ERROR: { meaning: 'the compiler could not make instructions for a part of the graph', advice: report },
  XCOM_PM_FAIL: { meaning: 'one of the compiler’s passes failed', advice: report },
  XCOM_ITEM_UNDEFINED: { meaning: 'the compiler met something that it has no definition for', advice: report },
  XIR_UNREGISTERED_OP: {
    meaning: 'the graph holds an operator that XIR does not know',
    advice: 'Cut the model before it, or replace it: lathe check names the nodes.',
  },
  XIR_UNDEFINED_INPUT_ARG: { meaning: 'an operator got an input that its definition does not have' },
  XIR_INVALID_ARG_OCCUR: { meaning: 'an operator got the wrong number of inputs' },
  XIR_ADD_OP_FAIL: { meaning: 'an operator could not be added to the graph' },
  XIR_UNEXPECTED_VALUE: { meaning: 'an attribute has a value that XIR does not take' },
  XIR_UNDEFINED_ATTR: { meaning: 'an operator lacks an attribute, or has one that it does not know' },
  XIR_MULTI_REGISTERED_OP: { meaning: 'an operator is defined twice', advice: 'Two versions of Vitis AI are mixed in this environment.' },
  XIR_FILE_NOT_EXIST: { meaning: 'a file is not there' },
  XIR_READ_PB_FAILURE: {
    meaning: 'the .xmodel can’t be read',
    advice: 'Write it again: lathe export MODEL --format xmodel. Only a quantized graph can be compiled, not a compiled one.',
  },
  XIR_WRITE_PB_FAILURE: { meaning: 'the .xmodel can’t be written', advice: 'See that the disk has space left.' },
  XIR_SHAPE_UNMATCH: {
    meaning: 'the sizes of tensors do not fit each other',
    advice: 'Export the model with fixed sizes and a batch of 1.',
  },
  XIR_UNSUPPORTED_ROUND_MODE: {
    meaning: 'a rounding that the processor’s code does not have; only DPU_ROUND is there',
    advice: 'Quantize again for the target.',
  },
  XIR_INVALID_DATA_TYPE: { meaning: 'a tensor has a type that XIR does not take' },
  XIR_VALUE_UNMATCH: { meaning: 'two values that must be equal differ' },
  TARGET_FACTORY_UNREGISTERED_TARGET: {
    meaning: 'this version of Vitis AI does not know the accelerator',
    advice: 'Take the version that the board’s image has (--version), or name the accelerator by its fingerprint (--architecture 0x…).',
  },
  TARGET_FACTORY_INVALID_ARCH: {
    meaning: 'the description of the accelerator is invalid',
    advice: 'Take the fingerprint that `xdputil query` prints on the board: --architecture 0x….',
  },
  TARGET_FACTORY_INVALID_TYPE: { meaning: 'this version of Vitis AI does not know this kind of accelerator' },
  TARGET_FACTORY_INVALID_ISA_VERSION: {
    meaning: 'this version of Vitis AI does not know the accelerator’s instruction set',
    advice: 'Take the version that the board’s image has: --version.',
  },
  TARGET_FACTORY_INVALID_FEATURE_CODE: { meaning: 'the fingerprint has bits that this version of Vitis AI does not know' },
  VART_OPEN_DEVICE_FAIL: {
    meaning: 'the DPU can’t be opened',
    advice: 'Run it as root, and see that the DPU’s driver is loaded: xdputil query.',
  },
  VART_LOAD_XCLBIN_FAIL: { meaning: 'the DPU’s bitstream can’t be loaded', advice: driver },
  VART_LOCK_DEVICE_FAIL: { meaning: 'another program holds the DPU', advice: 'End it, then run again.' },
  VART_FUNC_NOT_SUPPORT: { meaning: 'the runtime does not support this' },
  VART_XMODEL_ERROR: { meaning: 'the runtime can’t use this .xmodel', advice: 'Compile it again for the version of the board’s image.' },
  VART_GRAPH_ERROR: { meaning: 'the runtime can’t run this graph', advice: 'Compile it again for the version of the board’s image.' },
  VART_TENSOR_INFO_ERROR: { meaning: 'the runtime was given a tensor of the wrong form' },
  VART_DPU_INFO_ERROR: { meaning: 'the DPU tells nothing of itself', advice: driver },
  VART_SYSTEM_ERROR: { meaning: 'the board’s system refused something', advice: driver },
  VART_DEVICE_BUSY: { meaning: 'the DPU is busy', advice: 'End what uses it, then run again.' },
  VART_DEVICE_MISMATCH: { meaning: 'the model is for another accelerator', advice: 'Compile for the board’s fingerprint.' },
  VART_DPU_ALLOC_ERROR: {
    meaning: 'the DPU’s memory is not enough',
    advice: 'End other programs that use the DPU; fewer threads need less.',
  },
  VART_VERSION_MISMATCH: {
    meaning: 'versions of the runtime and the model do not fit',
    advice: 'Compile with the version of the board’s image.',
  },
  VART_OUT_OF_RANGE: { meaning: 'the runtime was asked for something outside of a tensor' },
  VART_SIZE_MISMATCH: { meaning: 'a buffer has not the size that the model takes' },
  VART_NULL_PTR: { meaning: 'the runtime was given nothing to work on' },
};

/** vai_q_pytorch 3.5, nndct_shared/utils/msg_code.py: errors 20001 to 20034, warnings 21001 to 21038; the numbers are printed by some versions, the words by others. */
const quantizerCodes: Readonly<Record<string, CodeMeaning>> = {
  EXPORT_XMODEL: {
    meaning: 'the quantized graph could not be written',
    advice: 'Run one forward pass before, on the CPU, with a batch of 1; operators that XIR does not know stay in float.',
  },
  NO_CALIBRATION: { meaning: 'nothing was calibrated', advice: 'Run the model on pictures in the mode calib first.' },
  XMODEL_BATCHSIZE: { meaning: 'an .xmodel holds a batch of 1 only', advice: 'Export with a batch of 1.' },
  UNSUPPORTED_OPS: {
    meaning: 'operators that the quantizer does not know',
    advice: 'Replace them, or let them run in float on the processor.',
  },
  UNREGISTERED_TARGET: {
    meaning: 'the quantizer does not know the target',
    advice: 'DPUCZDX8G_ISA1_B4096 is that of the ready-made images.',
  },
  FLOAT_OP: {
    meaning: 'an operator stays in float and runs on the processor, a sub-graph of its own',
    advice: 'Replace it with one that the DPU has (lathe check shows which), then train briefly.',
  },
  LEAKYRELU: {
    meaning: 'the slope of a LeakyReLU is not the DPU’s',
    advice: 'Set it to 26/256 = 0.1015625 and train briefly: lathe check --fix.',
  },
  REPLACE_SIGMOID: { meaning: 'a sigmoid becomes a hard sigmoid', advice: 'Train briefly: the function has changed.' },
  REPLACE_SILU: { meaning: 'a SiLU becomes a hard swish', advice: 'Train briefly: the function has changed.' },
  SHIFT_CHECK: {
    meaning: 'a shift is outside of what the DPU has',
    advice: 'lathe check on the quantized model names the layer and by how much.',
  },
};

const quantizerNumbers: Readonly<Record<string, string>> = {
  '20004': 'EXPORT_XMODEL',
  '20011': 'NO_CALIBRATION',
  '20019': 'XMODEL_BATCHSIZE',
  '20022': 'UNSUPPORTED_OPS',
  '20032': 'UNREGISTERED_TARGET',
  '21013': 'FLOAT_OP',
  '21015': 'LEAKYRELU',
  '21022': 'REPLACE_SIGMOID',
  '21023': 'REPLACE_SILU',
  '21024': 'SHIFT_CHECK',
};

/** What a code means: `XIR_SHAPE_UNMATCH`, `QUANTIZER_TORCH_FLOAT_OP`, `20004`. */
export function codeMeaning(code: string): CodeMeaning | undefined {
  const own = (table: Readonly<Record<string, CodeMeaning>>, key: string): CodeMeaning | undefined =>
    Object.hasOwn(table, key) ? table[key] : undefined;
  const plain = code.replace(/^QUANTIZER_(?:TORCH|TF2?)_/, '');
  return own(libraryCodes, code) ?? own(quantizerCodes, Object.hasOwn(quantizerNumbers, plain) ? quantizerNumbers[plain]! : plain);
}
