import { bareOutput } from '../../bare-output.ts';
import { gridOf } from '../grid.ts';
import { logOdds } from './log-odds.ts';
import { notSuch, type HeadReader } from './head.ts';

/**
 * YuNet (libfacedetection): for each stride s the outputs cls_s [batch, N, classes], obj_s [batch, N, 1], bbox_s [batch, N, 4] and perhaps kps_s [batch, N, 2 · landmarks],
 * N cells row by row. Centre = (cell + offset) · s, size = exp(value) · s, landmark = (cell + offset) · s: as evaluate/decode/yunet.ts reads them.
 */
export const yunet: HeadReader = ({ site, algebra, size }) => {
  const file = site.model.path;
  const named = site.outputs.map((value) => ({ value, match: /(?:^|[:/])(cls|obj|bbox|kps)_(\d+)$/.exec(value.name) }));
  const strides = named.flatMap(({ match }) => (match?.[1] === 'cls' ? [Number(match[2])] : [])).sort((a, b) => a - b);
  const [first] = strides;
  if (first === undefined || first === 0) throw notSuch('yunet', 'there are no outputs cls_8, obj_8, bbox_8 …', file);
  const grid = gridOf(strides, size);
  const find = (kind: string, stride: number) => named.find(({ match }) => match?.[1] === kind && Number(match[2]) === stride)?.value;
  const cells = (stride: number): number =>
    grid.levels.filter((level) => level.stride === stride).reduce((sum, { columns, rows }) => sum + columns * rows, 0);

  /** One kind of output of all strides as [pictures · places, fields]. */
  const take = (kind: string, fields?: number): { name: string; fields: number; pictures: number } => {
    const parts = strides.map((stride) => {
      const value = find(kind, stride);
      if (!value) throw notSuch('yunet', `there is no output ${kind}_${stride}`, file);
      const [pictures = 0, count, each = 0] = value.shape;
      if (value.shape.length !== 3 || count !== cells(stride) || each !== (fields ?? each)) {
        const wanted = `[batch, ${cells(stride)}, ${fields ?? 'fields'}]`;
        throw notSuch(
          'yunet',
          `${kind}_${stride} is [${value.shape.join(', ')}], not ${wanted} as for a picture of ${size.width} x ${size.height}`,
          file,
        );
      }
      const bare = kind === 'cls' || kind === 'obj' ? scoreOf(value.name) : value.name;
      return { name: bare, fields: each, pictures };
    });
    const [{ fields: each, pictures }] = parts as [(typeof parts)[0]];
    if (parts.some((part) => part.fields !== each)) throw notSuch('yunet', `the outputs ${kind}_* differ in their last dimension`, file);
    const joined = algebra.join(parts.map(({ name }) => name), 1); // prettier-ignore
    return { name: algebra.reshape(joined, [pictures * grid.places, each]), fields: each, pictures };
  };
  const scoreOf = (name: string): string => {
    const bare = bareOutput(site.model.graph, name, (value) => site.value(value).shape, 'unknown');
    if (bare.kind !== 'scores') return logOdds(site, name);
    const { shape } = site.value(name);
    return bare.shape.length === 3 && bare.shape.every((dim, axis) => dim === shape[axis]) ? bare.name : algebra.reshape(bare.name, shape);
  };

  const scores = take('cls');
  const landmarks = find('kps', first) ? take('kps') : undefined;
  return {
    pictures: scores.pictures,
    grid,
    classes: scores.fields,
    scores: scores.name,
    objects: take('obj', 1).name,
    boxes: take('bbox', 4).name,
    ...(landmarks ? { landmarks: { count: Math.floor(landmarks.fields / 2), values: landmarks.name } } : {}),
    corners({ add, subtract, multiply, exp, clip }, [x, y, w, h], { column, row, stride }) {
      const [middleX, middleY] = [multiply(add(column, x), stride), multiply(add(row, y), stride)];
      const [halfWidth, halfHeight] = [w, h].map((value) => multiply(exp(clip(value, -mostExponent, mostExponent)), stride, 0.5)) as [
        string,
        string,
      ];
      return {
        left: subtract(middleX, halfWidth),
        top: subtract(middleY, halfHeight),
        right: add(middleX, halfWidth),
        bottom: add(middleY, halfHeight),
      };
    },
  };
};

/** Sizes of more than e^10 strides are none: without a bound the first steps of a training may overflow. */
const mostExponent = 10;
