import { drawSound, openSounds, scene } from "../mod.ts";
let t=performance.now(); const sounds=await openSounds(); console.log("open",performance.now()-t);
for(let r=0;r<4;r++){t=performance.now(); for(let i=0;i<2000;i++) drawSound(scene("train",r*2000+i),sounds); console.log("2000 scenes",performance.now()-t, Deno.memoryUsage().rss/1e6);}
t=performance.now(); for(let i=0;i<2000;i++) drawSound(scene("train",i),sounds); console.log("2000 scenes again",performance.now()-t);
// onset within the slot of every scene
let late=0,maxd=0; const worst=new Map<string,number>();
for(let i=0;i<4000;i++){const s=scene("train",i); const x=drawSound(s,sounds).data; s.rhythm.forEach((slot,k)=>{const a=slot*2000,b=(s.rhythm[k+1]??16)*2000; let m=0; for(let j=a;j<b;j+=16){let e=0; for(let q=j;q<Math.min(b,j+80);q++) e+=x[q]!**2; m=Math.max(m,e);} let d=0; for(;d<6000;d++){let e=0; for(let q=a+d;q<a+d+80;q++) e+=x[q]!**2; if(e>=0.16*m) break;} worst.set(s.thing,Math.max(worst.get(s.thing)??0,d));});}
console.log([...worst].map(([k,v])=>k+" "+(v/16).toFixed(1)+"ms").join(", "));
