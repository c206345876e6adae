import { dpuRunner, linuxSensors } from '../zcu104/run.ts';

export const runner = dpuRunner({
  target: 'zcu102',
  cores: 3, // UG1354, "ZCU102 Evaluation Kit"
  // 18 INA226, one a rail (Linux, arch/arm64/boot/dts/xilinx/zynqmp-zcu102-revA.dts).
  power: { names: ['ina226'], add: true, of: 'the rails of the processor and of the logic together' },
  sensors: linuxSensors,
});
