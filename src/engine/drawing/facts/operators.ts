/** What an operator's node holds, in few words. */
export interface OperatorFacts {
  /** Defaults by attribute, as text; an empty one: there is none, absent means what the attribute's explanation says. */
  readonly attributes: ReadonlyMap<string, string>;
  /** Words for inputs and outputs, in order; the last one ending in "…" stands for all further ones. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/**
 * By operator: "inputs > outputs | attribute=default …", from the operators' schemas (ONNX 1.19, operator sets 1 to 25; ONNX Runtime's contributed
 * operators). Of "1/-1@13" the second holds from that operator set on; none where there is nothing. "_" is a space.
 */
const table: Readonly<Record<string, string>> = {
  Conv: 'data, weights, bias > result | auto_pad=NOTSET dilations=1 group=1 kernel_shape=of_the_weights pads=0 strides=1',
  ConvTranspose:
    'data, weights, bias > result | auto_pad=NOTSET dilations=1 group=1 kernel_shape=of_the_weights output_padding=0 output_shape pads=0 strides=1',
  DeformConv:
    'data, weights, offsets, bias, mask > result | dilations=1 group=1 kernel_shape=of_the_weights offset_group=1 pads=0 strides=1',
  FusedConv:
    'data, weights, bias, summand > result | activation activation_params auto_pad=NOTSET dilations=1 group=1 kernel_shape=of_the_weights pads=0 strides=1',
  ConvInteger:
    'data, weights, zero point of data, zero point of weights > sums | auto_pad=NOTSET dilations=1 group=1 kernel_shape=of_the_weights pads=0 strides=1',
  QLinearConv:
    'data, scale, zero point, weights, scale of weights, zero point of weights, scale of result, zero point of result, bias > result | auto_pad=NOTSET dilations=1 group=1 kernel_shape=of_the_weights pads=0 strides=1',
  MatMul: 'left, right > product |',
  MatMulInteger: 'left, right, zero point of left, zero point of right > sums |',
  QLinearMatMul: 'left, scale, zero point, right, scale of right, zero point of right, scale of product, zero point of product > product |',
  FusedMatMul: 'left, right > product | alpha=1 transA=0 transB=0 transBatchA=0 transBatchB=0',
  MatMulNBits: 'data, packed weights, scales, zero points, group index, bias > product | K N accuracy_level=0 bits=4 block_size',
  MatMulIntegerToFloat: 'left, right, scale of left, scale of right, zero point of left, zero point of right, bias > product |',
  DynamicQuantizeMatMul: 'left, right, scale of right, zero point of right, bias > product |',
  Gemm: 'left, right, summand > result | alpha=1 beta=1 transA=0 transB=0',
  FusedGemm:
    'left, right, summand > result | activation activation_alpha activation_beta activation_gamma alpha=1 beta=1 transA=0 transB=0',
  QGemm:
    'left, scale, zero point, right, scale of right, zero point of right, summand, scale of result, zero point of result > result | alpha=1 transA=0 transB=0',
  Einsum: 'operands… > result | equation',
  Attention:
    'queries, keys, values, mask, past keys, past values > result, keys, values, scores | is_causal=0 kv_num_heads q_num_heads qk_matmul_output_mode=0 scale softcap=0 softmax_precision',
  MultiHeadAttention:
    'queries, keys, values, bias, padding mask, attention bias, past keys, past values > result, keys, values | mask_filter_value=-10000 num_heads scale unidirectional=0',
  RotaryEmbedding: 'data, cosines, sines, positions > result | interleaved=0 num_heads rotary_embedding_dim=0',
  RNN: 'data, weights, recurrent weights, biases, lengths, first state > states, last state | activation_alpha activation_beta activations=Tanh clip direction=forward hidden_size layout=/0@14',
  GRU: 'data, weights, recurrent weights, biases, lengths, first state > states, last state | activation_alpha activation_beta activations=Sigmoid,_Tanh clip direction=forward hidden_size layout=/0@14 linear_before_reset=0',
  LSTM: 'data, weights, recurrent weights, biases, lengths, first state, first cell, peepholes > states, last state, last cell | activation_alpha activation_beta activations=Sigmoid,_Tanh,_Tanh clip direction=forward hidden_size input_forget=0 layout=/0@14',

  MaxPool: 'data > result, places | auto_pad=NOTSET ceil_mode=/0@10 dilations=/1@10 kernel_shape pads=0 storage_order=0 strides=1',
  AveragePool: 'data > result | auto_pad=NOTSET ceil_mode=/0@10 count_include_pad=/0@7 dilations=/1@19 kernel_shape pads=0 strides=1',
  LpPool: 'data > result | auto_pad=NOTSET ceil_mode=/0@18 dilations=/1@18 kernel_shape p=2 pads=0 strides=1',
  QLinearAveragePool:
    'data, scale, zero point, scale of result, zero point of result > result | auto_pad=NOTSET ceil_mode=0 channels_last=0 count_include_pad=0 kernel_shape pads=0 strides=1',
  GlobalAveragePool: 'data > means |',
  GlobalMaxPool: 'data > maxima |',
  GlobalLpPool: 'data > norms | p=2',
  QLinearGlobalAveragePool: 'data, scale, zero point, scale of result, zero point of result > means | channels_last=0',
  MaxRoiPool: 'data, regions > result | pooled_shape spatial_scale=1',
  MaxUnpool: 'data, places, shape > result | kernel_shape pads=0 strides=1',
  RoiAlign:
    'data, regions, pictures > result | coordinate_transformation_mode=/half_pixel@16 mode=avg output_height=1 output_width=1 sampling_ratio=0 spatial_scale=1',

  BatchNormalization: 'data, scale, bias, mean, variance > result, mean, variance | epsilon=1e-5 momentum=0.9 training_mode=/0@14',
  InstanceNormalization: 'data, scale, bias > result | epsilon=1e-5',
  GroupNormalization: 'data, scale, bias > result | epsilon=1e-5 num_groups stash_type=1',
  LayerNormalization: 'data, scale, bias > result, mean, inverse deviation | axis=-1 epsilon=1e-5 stash_type=1',
  RMSNormalization: 'data, scale > result | axis=-1 epsilon=1e-5 stash_type=1',
  SkipLayerNormalization: 'data, skip, scale, bias, summand > result, mean, inverse deviation, sum | epsilon=1e-12',
  SkipSimplifiedLayerNormalization: 'data, skip, scale, summand > result, mean, inverse deviation, sum | epsilon=1e-12',
  LRN: 'data > result | alpha=0.0001 beta=0.75 bias=1 size',
  LpNormalization: 'data > result | axis=-1 p=2',
  MeanVarianceNormalization: 'data > result | axes=0,_2,_3',

  LeakyRelu: 'data > result | alpha=0.01',
  QLinearLeakyRelu: 'data, scale, zero point, scale of result, zero point of result > result | alpha=0.01',
  HardSigmoid: 'data > result | alpha=0.2 beta=0.5',
  Elu: 'data > result | alpha=1',
  Selu: 'data > result | alpha=1.67326 gamma=1.0507',
  Celu: 'data > result | alpha=1',
  ThresholdedRelu: 'data > result | alpha=1',
  Shrink: 'data > result | bias=0 lambd=0.5',
  Gelu: 'data > result | approximate=none',
  Swish: 'data > result | alpha=1',
  QuickGelu: 'data > result | alpha=1.702',
  BiasGelu: 'data, bias > result |',
  FastGelu: 'data, bias > result |',
  PRelu: 'data, slopes > result |',
  Clip: 'data, least, most > result | max min',
  Softmax: 'data > shares | axis=1/-1@13',
  LogSoftmax: 'data > logarithms | axis=1/-1@13',
  Hardmax: 'data > result | axis=1/-1@13',
  QLinearSoftmax: 'data, scale, zero point, scale of result, zero point of result > shares | axis=-1 opset',
  Dropout: 'data, ratio, training > result, mask | ratio=0.5/@12 seed',

  Add: 'left, right > sum |',
  Sub: 'left, right > difference |',
  Mul: 'left, right > product |',
  Div: 'left, right > quotient |',
  Pow: 'base, exponent > result |',
  Mod: 'left, right > remainder | fmod=0',
  BitShift: 'data, bits > result | direction',
  Equal: 'left, right > whether |',
  Greater: 'left, right > whether |',
  Less: 'left, right > whether |',
  GreaterOrEqual: 'left, right > whether |',
  LessOrEqual: 'left, right > whether |',
  Where: 'condition, if true, if false > result |',
  Sum: 'summands… > sum |',
  Mean: 'values… > mean |',
  Max: 'values… > maximum |',
  Min: 'values… > minimum |',
  QLinearAdd: 'left, scale, zero point, right, scale of right, zero point of right, scale of sum, zero point of sum > sum |',
  QLinearMul: 'left, scale, zero point, right, scale of right, zero point of right, scale of product, zero point of product > product |',
  QLinearSigmoid: 'data, scale, zero point, scale of result, zero point of result > result |',
  IsInf: 'data > whether | detect_negative=1 detect_positive=1',
  CumSum: 'data, axis > sums | exclusive=0 reverse=0',
  Trilu: 'data, diagonal > result | upper=1',
  ReverseSequence: 'data, lengths > result | batch_axis=1 time_axis=0',

  Reshape: 'data, shape > result | allowzero=/0@14',
  Flatten: 'data > result | axis=1',
  Squeeze: 'data, axes > result | axes=all_of_size_1/@13',
  Unsqueeze: 'data, axes > result | axes',
  Transpose: 'data > result | perm=reversed',
  Concat: 'parts… > whole | axis',
  QLinearConcat: 'scale of whole, zero point of whole, parts… > whole | axis',
  Split: 'whole, sizes > parts… | axis=0 num_outputs split=equal_parts/@13',
  Slice: 'data, starts, ends, axes, steps > result | axes=the_first_ones/@10 ends starts',
  Gather: 'data, places > result | axis=0',
  GatherElements: 'data, places > result | axis=0',
  GatherND: 'data, places > result | batch_dims=0',
  Scatter: 'data, places, updates > result | axis=0',
  ScatterElements: 'data, places, updates > result | axis=0 reduction=none',
  ScatterND: 'data, places, updates > result | reduction=none',
  Expand: 'data, shape > result |',
  Tile: 'data, repeats > result |',
  Pad: 'data, amounts, value, axes > result | mode=constant pads value=0/@11',
  Resize:
    'data, regions, scales, sizes > result | antialias=/0@18 axes coordinate_transformation_mode=/half_pixel@11 cubic_coeff_a=/-0.75@11 exclude_outside=/0@11 extrapolation_value=/0@11 keep_aspect_ratio_policy=/stretch@18 mode=nearest nearest_mode=/round_prefer_floor@11',
  Upsample: 'data, scales > result | mode=nearest scales height_scale width_scale',
  DepthToSpace: 'data > result | blocksize mode=DCR',
  SpaceToDepth: 'data > result | blocksize',
  Shape: 'data > shape | end=/the_last@15 start=/0@15',
  Size: 'data > count |',
  Cast: 'data > result | round_mode=/up@24 saturate=/1@19 to',
  CastLike: 'data, like > result | round_mode=/up@24 saturate=/1@19',
  GridSample: 'data, grid > result | align_corners=0 mode=linear padding_mode=zeros',
  AffineGrid: 'matrix, size > grid | align_corners=0',
  CenterCropPad: 'data, shape > result | axes=all',
  Col2Im: 'data, picture shape, block shape > picture | dilations=1 pads=0 strides=1',

  ReduceMean: 'data, axes > mean | axes=all/@18 keepdims=1 noop_with_empty_axes=/0@18',
  ReduceSum: 'data, axes > sum | axes=all/@13 keepdims=1 noop_with_empty_axes=/0@18',
  ReduceProd: 'data, axes > product | axes=all/@18 keepdims=1 noop_with_empty_axes=/0@18',
  ReduceMax: 'data, axes > maximum | axes=all/@18 keepdims=1 noop_with_empty_axes=/0@18',
  ReduceMin: 'data, axes > minimum | axes=all/@18 keepdims=1 noop_with_empty_axes=/0@18',
  ReduceL1: 'data, axes > norm | axes=all/@18 keepdims=1 noop_with_empty_axes=/0@18',
  ReduceL2: 'data, axes > norm | axes=all/@18 keepdims=1 noop_with_empty_axes=/0@18',
  ReduceSumSquare: 'data, axes > sum | axes=all/@18 keepdims=1 noop_with_empty_axes=/0@18',
  ReduceLogSum: 'data, axes > result | axes=all/@18 keepdims=1 noop_with_empty_axes=/0@18',
  ReduceLogSumExp: 'data, axes > result | axes=all/@18 keepdims=1 noop_with_empty_axes=/0@18',
  ArgMax: 'data > places | axis=0 keepdims=1 select_last_index=/0@12',
  ArgMin: 'data > places | axis=0 keepdims=1 select_last_index=/0@12',
  TopK: 'data, how many > values, places | axis=-1 k largest=1 sorted=1',
  Unique: 'data > values, first places, places, counts | axis=flattened sorted=1',
  Compress: 'data, condition > result | axis=flattened',
  NonMaxSuppression: 'boxes, scores, most boxes, overlap limit, score limit > chosen | center_point_box=0',

  QuantizeLinear:
    'data, scale, zero point > integers | axis=/1@13 block_size=/0@21 output_dtype=/of_the_zero_point@21 precision=/0@23 saturate=/1@19',
  DequantizeLinear: 'integers, scale, zero point > data | axis=/1@13 block_size=/0@21 output_dtype=/of_the_scale@23',
  DynamicQuantizeLinear: 'data > integers, scale, zero point |',
  Constant: '> value | sparse_value value value_float value_floats value_int value_ints value_string value_strings',
  ConstantOfShape: 'shape > result | value=0',
  Range: 'start, limit, step > numbers |',
  OneHot: 'places, depth, values > result | axis=-1',
  EyeLike: 'like > result | dtype=of_the_input k=0',
  RandomNormal: '> numbers | dtype=1 mean=0 scale=1 seed shape',
  RandomNormalLike: 'like > numbers | dtype=of_the_input mean=0 scale=1 seed',
  RandomUniform: '> numbers | dtype=1 high=1 low=0 seed shape',
  RandomUniformLike: 'like > numbers | dtype=of_the_input high=1 low=0 seed',
  Bernoulli: 'shares > result | dtype=of_the_input seed',
  Multinomial: 'logarithms > places | dtype=6 sample_size=1 seed',

  If: 'condition > results… | else_branch then_branch',
  Loop: 'most rounds, condition, state… > results… | body',
  Scan: 'state and lists… > results… | body num_scan_inputs scan_input_axes=0 scan_input_directions=0 scan_output_axes=0 scan_output_directions=0',
  SequenceMap: 'list, values… > lists… | body',
  SplitToSequence: 'whole, sizes > list | axis=0 keepdims=1',
  ConcatFromSequence: 'list > whole | axis new_axis=0',
  SequenceEmpty: '> list | dtype=1',
  SequenceAt: 'list, place > value |',
  SequenceInsert: 'list, value, place > list |',
  SequenceErase: 'list, place > list |',
};

/** Parsed at first use: a viewer of one layer needs one of them. */
const parsed = new Map<string, OperatorFacts>();

/** What is known of an operator by name, whatever its domain; `opset` of its domain. Undefined for operators without facts. */
export function operatorFacts(op: string, opset: number): OperatorFacts | undefined {
  const line = Object.hasOwn(table, op) ? table[op] : undefined;
  if (line === undefined) return undefined;
  const key = `${op} ${opset}`;
  const known = parsed.get(key);
  if (known) return known;
  const facts = parse(line, opset);
  parsed.set(key, facts);
  return facts;
}

/** Operators that facts are known of. */
export const describedOperators: readonly string[] = Object.keys(table);

function parse(line: string, opset: number): OperatorFacts {
  const [operands = '', listed = ''] = line.split('|');
  const [inputs = '', outputs = ''] = operands.split('>');
  const words = (text: string): string[] =>
    text
      .split(',')
      .map((word) => word.trim())
      .filter((word) => word !== '');
  const attributes = new Map<string, string>();
  for (const entry of listed.split(' ').filter((text) => text !== '')) {
    const [name = '', value = ''] = entry.split('=');
    attributes.set(name, at(value, opset).replaceAll('_', ' '));
  }
  return { attributes, inputs: words(inputs), outputs: words(outputs) };
}

/** "1/-1@13" from opset 13 on: "-1". */
function at(value: string, opset: number): string {
  const versions = /^(.*)\/(.*)@(\d+)$/.exec(value);
  if (!versions) return value;
  return opset >= Number(versions[3]) ? versions[2]! : versions[1]!;
}

/** The word for input or output `index`. */
export function operandWord(words: readonly string[], index: number): string | undefined {
  const last = words.at(-1);
  if (index < words.length) return words[index]!.replace('…', '');
  return last?.endsWith('…') ? last.slice(0, -1) : undefined;
}
