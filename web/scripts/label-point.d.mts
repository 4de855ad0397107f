type Point = number[];
export function ringArea(ring: Point[]): number;
export function labelPoint(rings: Point[][]): Point;
