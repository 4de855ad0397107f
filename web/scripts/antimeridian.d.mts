type Point = number[];
export function cutPolygon(rings: Point[][]): Point[][][];
export function cutLine(line: Point[]): Point[][];
