import { dpuRunner, linuxSensors } from '../zcu104/run.ts';

export const runner = dpuRunner({
  target: 'kv260',
  cores: 1, // Vitis AI 3.0, docs/quickstart/mpsoc.rst: one B4096
  // One INA260 on the module (Linux, arch/arm64/boot/dts/xilinx/zynqmp-sm-k26-revA.dts: ina260@40, label "ina260-u14").
  power: { names: ['ina260'], add: false, of: 'the module at 5 V' },
  sensors: linuxSensors,
});
