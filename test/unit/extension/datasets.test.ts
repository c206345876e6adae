import { describe, expect, it } from 'vitest';
import { choiceFromLabelFile, dataChoices, findPictureSets, splitsOf } from '../../../src/extension/compress/datasets.ts';

const files = (folder: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${folder}/${i}.png`);

describe('picture sets', () => {
  it('are class folders together, parts by their names, and plain folders by themselves', () => {
    const sets = findPictureSets([
      ...files('shapes/train/star', 3),
      ...files('shapes/train/moon', 2),
      ...files('shapes/test/star', 4),
      ...files('shapes/test/moon', 4),
      ...files('faces', 9),
      'logo.png',
    ]);
    expect(sets).toEqual([
      { folder: '', pictures: 1 },
      { folder: 'faces', pictures: 9 },
      { folder: 'shapes/test', pictures: 8, classes: 2 },
      { folder: 'shapes/train', pictures: 5, classes: 2 },
    ]);
  });

  it('does not take train and test for classes', () => {
    const sets = findPictureSets([...files('photos/train', 5), ...files('photos/test', 2)]);
    expect(sets.map(({ folder, classes }) => [folder, classes])).toEqual([
      ['photos/test', undefined],
      ['photos/train', undefined],
    ]);
  });

  it('does not take one folder, or folders beside pictures, for classes', () => {
    expect(findPictureSets(files('a/b', 3))).toEqual([{ folder: 'a/b', pictures: 3 }]);
    expect(findPictureSets([...files('a/b', 1), ...files('a/c', 1), 'a/x.png']).map(({ folder }) => folder)).toEqual(['a', 'a/b', 'a/c']);
  });
});

describe('choices of data', () => {
  it('measure on the test part what was calibrated on the training part', () => {
    const sets = findPictureSets([
      ...files('d/train/a', 150),
      ...files('d/train/b', 150),
      ...files('d/test/a', 20),
      ...files('d/test/b', 20),
    ]);
    const [both, ...single] = dataChoices(sets);
    expect(both).toEqual({
      label: 'd',
      description: 'train 300 pictures in 2 classes · test 40 pictures in 2 classes',
      calibration: { path: 'd/train', labels: 'folders', count: 100 },
      available: 300,
      test: { path: 'd/test', labels: 'folders' },
    });
    expect(single.map(({ label, test }) => [label, test])).toEqual([
      ['d/test', undefined],
      ['d/train', undefined],
    ]);
  });

  it('follow the splits of a label file', () => {
    const splits = splitsOf('file,class,split\r\na.jpg,1,calibration\r\nb.jpg,2,test\r\n');
    expect(splits).toEqual(['calibration', 'test']);
    expect(choiceFromLabelFile({ folder: 'net', pictures: 1000 }, 'labels.csv', splits)).toMatchObject({
      calibration: { path: 'net', labels: 'labels.csv', split: 'calibration', count: 100 },
      test: { path: 'net', labels: 'labels.csv', split: 'test' },
    });
    expect(choiceFromLabelFile({ folder: '', pictures: 5 }, 'labels.csv', []).test).toBeUndefined();
    expect(splitsOf('file,class\na.jpg,1')).toEqual([]);
  });
});
